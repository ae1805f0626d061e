# すべてのページに共通の文章。

skip-to-content = 本文へ移動
places = 場
place-talk = 話す
place-learn = 学ぶ
place-meet = 出会う
nav-search = さがす
nav-notifications = 通知
nav-menu = 自分のメニュー
nav-own-page = { $name } のページ
nav-follow-requests = フォローの申し込み
nav-settings = 設定
nav-admin = このノードの管理
nav-sign-in = ログイン
nav-sign-out = ログアウト
nav-join = 参加する
nav-home = ホーム
nav-local = このノード
nav-known = すべて
nav-bookmarks = ブックマーク
nav-likes = いいね
nav-events = これから
nav-past = これまで
nav-people = メンバー
nav-following = フォロー中
nav-followers = フォロワー
foot-about = このノードについて
foot-see = 見る
foot-top = ページの先頭へ
foot-source = ソースコード
other-language = English

## app.js が読み上げることば（{n} は数に置きかわります）
live-left = あと{"{"}n{"}"}字
live-over = {"{"}n{"}"}字多すぎます
live-found = 候補が{"{"}n{"}"}件。上下の矢印キーで選び、Enterキーで入れます。
live-copied = コピーしました。
live-failed = うまくいきませんでした。もう一度お試しください。
live-point = 写真の上で選んだところ

## エラーページ
error-title-not-found = このページは見つかりません
error-title-gone = このページは削除されました
error-title-forbidden = この操作はできません
error-title-later = 少し待ってください
error-title-refused = 受け付けられませんでした
error-title-ours = サーバーで問題が起きました
error-front = 入口に戻る
error-reference = 問い合わせ番号 { $id }
error-foreign-form = ほかのサイトから送られた内容は受け付けません。このノードのページを開いて、もう一度お試しください。
error-stale-form = ページが古くなっています。前のページを読み込み直して、もう一度お試しください。
nav-nodes = ノードの様子
